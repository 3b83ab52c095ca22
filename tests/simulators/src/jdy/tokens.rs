//! Authorisations, secrets that rotate, tokens that end (`vendors/kingdee.md` 2.2).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::config::{AccountSet, NewToken, Switches};
use super::gate::signature;

/// What has been given out.
#[derive(Debug)]
pub(super) struct Tokens {
    started_ms: i64,
    rotations: i64,
    live: HashMap<String, Live>,
    /// How many tokens were given out.
    pub given: usize,
}

#[derive(Debug)]
struct Live {
    app_key: String,
    until_ms: i64,
}

impl Tokens {
    pub fn new(now_ms: i64) -> Self {
        Self { started_ms: now_ms, rotations: 0, live: HashMap::new(), given: 0 }
    }

    /// The secret of an account set at this time.
    fn secret(&self, set: &AccountSet, switches: &Switches, now_ms: i64) -> String {
        let life_ms = i64::from(switches.secret_life_s).max(1) * 1000;
        let turn = (now_ms - self.started_ms).div_euclid(life_ms) + self.rotations;
        hex::encode(&Sha256::digest(format!("{} {turn}", set.app_key))[..16])
    }

    /// Changes all secrets before their time.
    pub fn rotate(&mut self) {
        self.rotations += 1;
    }

    /// Ends all tokens.
    pub fn expire(&mut self) {
        self.live.clear();
    }

    /// `data` of an authorisation.
    pub fn authorisations(
        &self,
        sets: &[AccountSet],
        instance: &str,
        switches: &Switches,
        now_ms: i64,
    ) -> Value {
        let one = |(at, set): (usize, &AccountSet)| {
            json!({
                "status": set.status, "accountId": 1_783_670_000_000_i64 + at as i64, "serviceId": 7_914_379_139_221_i64,
                "appKey": set.app_key, "appSecret": self.secret(set, switches, now_ms), "accountName": set.name,
                "agreementCompanyName": "演示公司", "domain": set.domain, "outerInstanceId": instance,
                "groupName": "ns-t33w", "accessToken": null, "appToken": null,
            })
        };
        sets.iter().enumerate().map(one).collect()
    }

    /// `data` of a new token, or `None` where the signature is not that of a granted account set's secret.
    pub fn give(
        &mut self,
        sets: &[AccountSet],
        app_key: &str,
        app_signature: &str,
        switches: &Switches,
        now_ms: i64,
        rng: &mut fastrand::Rng,
    ) -> Option<Value> {
        let set = sets.iter().find(|set| set.app_key == app_key && set.status == 1)?;
        if signature(&self.secret(set, switches, now_ms), app_key) != app_signature {
            return None;
        }
        if switches.new_token == NewToken::EndsOld {
            self.live.retain(|_, live| live.app_key != app_key);
        }
        let random: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(48).collect();
        let token = format!("eyJ{}", BASE64.encode(random));
        let until_ms = now_ms + i64::from(switches.token_life_s) * 1000;
        self.live.insert(token.clone(), Live { app_key: app_key.to_owned(), until_ms });
        self.given += 1;
        let mut data = json!({
            "access_token": format!("{:032x}", rng.u128(..)), "app-token": token, "expires": until_ms, "uid": 173_053_163,
        });
        if switches.token_names_domain {
            data["domain"] = set.domain.as_str().into();
        }
        Some(data)
    }

    /// The account set that a token is for, if it is good.
    pub fn app_key(&self, token: &str, now_ms: i64) -> Option<&str> {
        self.live.get(token).filter(|live| now_ms < live.until_ms).map(|live| live.app_key.as_str())
    }
}
